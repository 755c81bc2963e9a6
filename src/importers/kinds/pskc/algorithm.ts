/** What a key is for, from the `Algorithm` of its element (spec/04 §5.2, §5.5). */
export interface KeyAlgorithm {
  /** A token type; `pin` is a PIN that belongs to another key; `undefined` when nothing here can use the key. */
  type: string | undefined
  /** Of an OCRA key whose algorithm is its suite. */
  ocraSuite?: string
}

const byName: Readonly<Record<string, string>> = {
  hotp: 'hotp',
  'hmac-otp': 'hotp',
  totp: 'totp',
  ocra: 'ocra',
  pin: 'pin',
  pw: 'pw',
  'yubikey-aes': 'yubikey',
}

/** HOTP and TOTP of the OATH arc 1.3.6.1.4.1.37560. */
const byOid: Readonly<Record<string, string>> = {'1.3.6.1.4.1.37560.1': 'hotp', '1.3.6.1.4.1.37560.2': 'totp'}

/** Reads URNs, the drafts' URLs with a fragment, OIDs and bare names. */
export function readKeyAlgorithm(text: string): KeyAlgorithm {
  const uri = text.trim()
  const suite = /(OCRA-\d:[^\s/#]+)$/i.exec(uri)?.[1]
  if (suite) return {type: 'ocra', ocraSuite: suite.toUpperCase()}
  const oid = /(?:^|:)(1(?:\.\d+)+)$/.exec(uri)?.[1]
  if (oid) return {type: byOid[oid]}
  const name = uri.split(/[:#/]/).at(-1)!.toLowerCase()
  return {type: Object.hasOwn(byName, name) ? byName[name] : undefined}
}

/** Of the two algorithms whose keys Yubico names `<serial of the device>:<slot>`. */
export function isYubicoNamed(text: string): boolean {
  return text === 'http://www.yubico.com/#yubikey-aes' || text === 'urn:ietf:params:xml:ns:keyprov:pskc:hotp'
}
