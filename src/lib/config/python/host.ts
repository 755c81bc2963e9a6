/** What the evaluated file can see of the machine: reading only. */
export interface PythonHost {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute path of the file itself, `__file__`. */
  readonly file: string
  readonly cwd: string
  readonly hostname: string
  readonly homeDirectory: string
  /** Content of a regular file, undefined when there is none. @throws Error with a `code` such as EACCES */
  readFile(path: string): Uint8Array | undefined
  kindOf(path: string): 'file' | 'directory' | 'other' | undefined
}
