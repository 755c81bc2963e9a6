import {existsSync} from 'node:fs'

/** A suite for which something outside of Node must be installed. */
export interface Needed {
  /** Debian package. */
  package: string
  present: boolean
}

/**
 * Runs a suite when all it needs is there; otherwise it is pending under a title that names the Debian packages, and
 * with CI=true it fails.
 */
export function describeNeeding(title: string, needed: readonly Needed[], body: () => void): void {
  const missing = needed.filter(({present}) => !present).map((item) => item.package)
  if (missing.length === 0) {
    describe(title, body)
    return
  }
  const named = `${title} needs the Debian package ${missing.join(', ')}`
  if (process.env['CI'] !== 'true') {
    it(named)
    return
  }
  it(named, () => {
    throw new Error('it is not installed')
  })
}

/** A Debian package known by one of its programs. */
export function program(name: string, debianPackage: string): Needed {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']
  return {package: debianPackage, present: folders.some((folder) => existsSync(`${folder}/${name}`))}
}
