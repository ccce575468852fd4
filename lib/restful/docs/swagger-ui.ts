import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { RegistrationError } from '../registration-error.js'

/** The files of Swagger UI that are served, and their types: nothing else of the package is. */
export const SWAGGER_UI_ASSETS: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
])

/**
 * The folder of npm `swagger-ui-dist`, as the application has it installed.
 *
 * @throws RegistrationError that says how to install it.
 */
export function swaggerUiFolder(require: Pick<NodeJS.Require, 'resolve'> = createRequire(import.meta.url)): string {
  const folder = resolvedFolder(require)
  if (folder !== undefined && [...SWAGGER_UI_ASSETS.keys()].every((name) => existsSync(join(folder, name))))
    return folder
  throw new RegistrationError(
    'API documentation with a page needs swagger-ui-dist: npm install swagger-ui-dist, or set ui: false for the documents alone',
  )
}

function resolvedFolder(require: Pick<NodeJS.Require, 'resolve'>): string | undefined {
  try {
    return dirname(require.resolve('swagger-ui-dist/package.json'))
  } catch {
    return undefined
  }
}

/** The page: scripts and styles are files of their own, so that a strict Content-Security-Policy lets it be. */
export function swaggerUiPage(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="swagger-ui.css">
<link rel="icon" type="image/png" href="favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="swagger-initializer.js"></script>
</body>
</html>
`
}

/** What starts the page. No validator is asked: it would be somebody else's server. */
export const SWAGGER_INITIALIZER = `window.ui = SwaggerUIBundle({
  url: new URL('openapi.json', document.baseURI).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
})
`

/**
 * What the page may do: its own files and the API it stands before, nothing else. Its icons are data of its style sheet;
 * styles of elements are set by its script.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
}
