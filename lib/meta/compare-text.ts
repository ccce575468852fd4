/** Orders texts by their UTF-16 units, the same whatever the language of the machine. For `sort`. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
