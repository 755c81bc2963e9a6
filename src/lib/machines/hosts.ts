/** A computer of a hosts file. */
export interface Host {
  /** The address: what attachments name. */
  id: string
  names: readonly string[]
}

/** Reads a file of the form of /etc/hosts: address and names, `#` begins a comment line (spec/11 §F2). */
export function parseHosts(text: string): Host[] {
  const hosts: Host[] = []
  for (const line of text.split(/\r?\n/)) {
    const [id, ...names] = line.trim().split(/\s+/)
    if (id && names.length > 0 && !line.trim().startsWith('#')) hosts.push({id, names})
  }
  return hosts
}
