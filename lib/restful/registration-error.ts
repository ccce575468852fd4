/**
 * A web service or route that cannot be registered: a malformed template, a missing function, a root path taken twice.
 * go-restful ends the process here; a library must not, so it is thrown where the mistake was made.
 */
export class RegistrationError extends Error {
  override readonly name = 'RegistrationError'
}
