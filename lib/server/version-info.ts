import type { VersionInfo } from '../endpoints/index.js'

/** The API behaviour that this server shows. */
const KUBERNETES: Pick<VersionInfo, 'major' | 'minor'> = { major: '1', minor: '32' }

/** What `/version` says. */
export function versionInfo(given: Partial<VersionInfo> = {}): VersionInfo {
  return {
    ...KUBERNETES,
    gitVersion: 'v1.32.0+express-apiserver',
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: `node ${process.version}`,
    platform: `${process.platform}/${process.arch}`,
    ...given,
  }
}
