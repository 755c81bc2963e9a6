/** `error`: it fails, or can never work; `warning`: probably not meant; `info`: worth knowing. */
export type Severity = 'error' | 'warning' | 'info'
