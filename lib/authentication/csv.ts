/**
 * Reads comma-separated values (RFC 4180): fields in double quotes may hold commas, line breaks and doubled quotes.
 * Empty lines are left out.
 *
 * @throws SyntaxError for a quote that does not close or stands inside a plain field
 */
export function parseCSV(text: string): string[][] {
  const records: string[][] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0
  let record: string[] = []
  while (at < text.length) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at)
    record.push(field.value)
    at = field.end
    if (text[at] === ',' && at + 1 < text.length) {
      at++
      continue
    }
    if (text[at] === ',') record.push('')
    if (record.length > 1 || record[0] !== '') records.push(record)
    record = []
    at += text.startsWith('\r\n', at) ? 2 : 1
  }
  return records
}

interface Field {
  readonly value: string
  readonly end: number
}

function plainField(text: string, start: number): Field {
  let end = start
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && !text.startsWith('\r\n', end)) {
    if (text[end] === '"') throw new SyntaxError(`bare " in the field at offset ${start}`)
    end++
  }
  return { value: text.slice(start, end), end }
}

function quotedField(text: string, start: number): Field {
  let value = ''
  let at = start + 1
  for (;;) {
    const quote = text.indexOf('"', at)
    if (quote < 0) throw new SyntaxError(`the quoted field at offset ${start} does not end`)
    value += text.slice(at, quote)
    const next = text[quote + 1]
    if (next === '"') {
      value += '"'
      at = quote + 2
      continue
    }
    const ends = next === undefined || next === ',' || next === '\n' || text.startsWith('\r\n', quote + 1)
    if (!ends) throw new SyntaxError(`extra text behind the quoted field at offset ${start}`)
    return { value, end: quote + 1 }
  }
}
