/** Small pieces of Go's text behaviour that clients see in messages and that queries are read with. */
export { formatDuration, parseDuration } from './duration.js'
export { clampToSafeInteger, NumError, parseInt64, parseUint64 } from './number.js'
export { isPrint, quote } from './quote.js'
export { formatNumber, GoSyntax, goSyntax } from './syntax.js'
