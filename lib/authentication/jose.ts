let library: Promise<typeof import('jose')> | undefined

/** The library of JSON Web Tokens: most servers never see one, so it is loaded with the first. */
export const jose = (): Promise<typeof import('jose')> => (library ??= import('jose'))
