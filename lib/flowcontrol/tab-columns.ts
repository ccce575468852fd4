const MIN_WIDTH = 8
const PADDING = 1
// biome-ignore lint/suspicious/noControlCharactersInRegex: names come from strangers and must not make rows of their own
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** Rows of cells with commas between them, padded so that columns stand below each other; every row ends its line. */
export function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell, index) => printable(cell) + (index < row.length - 1 ? ',' : '')))
  const widths: number[] = []
  for (const row of cells) {
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? MIN_WIDTH, [...cell].length + PADDING)
  }
  const line = (row: readonly string[]) =>
    row.map((cell, index) => (index < row.length - 1 ? padded(cell, widths[index] ?? 0) : cell)).join('')
  return cells.map((row) => `${line(row)}\n`).join('')
}

const padded = (cell: string, width: number): string => cell + ' '.repeat(width - [...cell].length)

const printable = (cell: string): string =>
  cell.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
