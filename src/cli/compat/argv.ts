/** Rewrites a command line of an original program into one of ours (spec/03-cli.md section E). */
export function rewriteArgv(_program: string, argv: readonly string[]): string[] {
  return [...argv]
}
