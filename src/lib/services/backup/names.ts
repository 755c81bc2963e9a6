import type {SealFor} from './envelope.js'

/** What a backup is called: product, kind, local time, as the originals do (spec/04 §8). */
export interface ArchiveName {
  product: 'privacyidea' | 'edumfa'
  kind: 'backup' | 'keys'
  /** Local time. */
  at: Date
  encrypted: boolean
}

const form = /^(privacyidea|edumfa)-(backup|keys)-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)\.tgz(\.gpg)?$/i

export function archiveName(product: ArchiveName['product'], now: Date, {seal}: {seal?: SealFor | undefined}): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`
  const base = product === 'edumfa' ? 'eduMFA' : product
  return `${base}-backup-${day}-${two(now.getHours())}${two(now.getMinutes())}.tgz${seal ? '.gpg' : ''}`
}

/** Undefined for what is no backup by its name. */
export function readArchiveName(name: string): ArchiveName | undefined {
  const [, product = '', kind, ...rest] = form.exec(name) ?? []
  if (kind === undefined) return undefined
  const [year, month, day, hour, minute] = rest.slice(0, 5).map(Number) as [number, number, number, number, number]
  const at = new Date(year, month - 1, day, hour, minute)
  if (at.getMonth() !== month - 1 || at.getDate() !== day) return undefined
  return {
    product: product.toLowerCase() as ArchiveName['product'],
    kind: kind.toLowerCase() as ArchiveName['kind'],
    at,
    encrypted: rest[5] !== undefined,
  }
}
