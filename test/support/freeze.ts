import type { ChildProcess } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Keeps a process from running (SIGSTOP) until it is told to go on (SIGCONT), and resolves once it stands: sending the
 * signal only asks for that, and a thread on another core may go on answering and writing for a moment.
 */
export async function freezeProcess(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || !child.kill('SIGSTOP')) return
  while (child.exitCode === null && child.signalCode === null && !(await stands(child.pid))) await sleep(1)
}

/** Whether no thread of it runs, as far as this system tells. */
async function stands(pid: number): Promise<boolean> {
  const folder = `/proc/${pid}/task`
  const threads = await readdir(folder).catch(() => [])
  const states = await Promise.all(
    threads.map((thread) =>
      readFile(`${folder}/${thread}/stat`, 'utf8').then(
        (text) => text[text.lastIndexOf(')') + 2],
        () => 'gone',
      ),
    ),
  )
  return states.every((state) => state === 'T' || state === 't' || state === 'Z' || state === 'X' || state === 'gone')
}
