/**
 * Whether a server's answers to progress requests can be relied on: before 3.4.25 and 3.5.8 they may overtake events
 * (etcd issue 15220), before 3.4.31 and 3.5.13 they may stay away (17507). kube-apiserver draws the same line.
 * @internal
 */
export function answersProgressRequests(version: string): boolean {
  const match = /^(\d{1,4})\.(\d{1,4})\.(\d{1,4})/.exec(version)
  if (!match) return false
  const [major = 0, minor = 0, patch = 0] = match.slice(1).map(Number)
  if (major !== 3) return major > 3
  if (minor === 4) return patch >= 31
  if (minor === 5) return patch >= 13
  return minor > 5
}
