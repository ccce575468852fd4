const VERSION = /^v([1-9][0-9]{0,9})(?:(alpha|beta)([1-9][0-9]{0,9}))?$/
const STAGES = ['alpha', 'beta', undefined]

/**
 * Orders versions as Kubernetes prefers them: stable before beta before alpha, newer before older (v2, v1, v1beta2,
 * v1alpha1); anything else behind them, by name.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority
 */
export function compareVersions(a: string, b: string): number {
  const left = VERSION.exec(a)
  const right = VERSION.exec(b)
  if (!left || !right) return left ? -1 : right ? 1 : a < b ? -1 : 1
  const byStage = STAGES.indexOf(right[2]) - STAGES.indexOf(left[2])
  return byStage || Number(right[1]) - Number(left[1]) || Number(right[3] ?? 0) - Number(left[3] ?? 0)
}
