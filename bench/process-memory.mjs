// Memory of a process as the kernel counts it, which asks nothing of the process itself.
import { readFileSync } from 'node:fs'

const POLL_MS = 5

/** @returns {number | undefined} bytes; RssAnon leaves out mapped files. Undefined where there is no /proc. */
export function memoryOf(pid, field) {
  try {
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes && Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}

/** @returns {() => number} ends the watching, and says the most that was seen */
export function watchPeak(pid, field) {
  let peak = 0
  const look = () => {
    peak = Math.max(peak, memoryOf(pid, field) ?? 0)
  }
  const timer = setInterval(look, POLL_MS)
  look()
  return () => {
    clearInterval(timer)
    look()
    return peak
  }
}

/** CPU time in microseconds of a process, with its threads; 0 where there is no /proc. */
export function cpuOf(pid) {
  try {
    // The name, in parentheses, may have anything in it. Fields 14 and 15 are ticks of 10 ms.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10_000
  } catch {
    return 0
  }
}
