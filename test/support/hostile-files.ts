const seed = '3132333435363738393031323334353637383930'
const namespace = 'xmlns="urn:ietf:params:xml:ns:keyprov:pskc"'
const container = (serial: string, more = '') =>
  `<KeyContainer Version="1.0" ${namespace}>${more}<KeyPackage><DeviceInfo><SerialNo>${serial}</SerialNo></DeviceInfo>` +
  '<Key Id="K" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue>' +
  '</Secret></Data></Key></KeyPackage></KeyContainer>'

/** Ten entities, each ten of the one before. */
const bomb = Array.from(
  {length: 10},
  (_, at) => `<!ENTITY e${String(at + 1)} "${`&e${String(at)};`.repeat(10)}">`,
).join('')

export interface HostileFile {
  name: string
  content: Buffer | string
  /** What refuses the file as a whole; absent: only its rows are refused. */
  message?: RegExp
}

/** Files that want more of a reader than to be read; `/etc/hostname` and port 9 are what they reach for. */
export const hostileFiles: readonly HostileFile[] = [
  {
    name: 'bomb.xml',
    content: `<!DOCTYPE k [<!ENTITY e0 "lol">${bomb}]>${container('&e10;')}`,
    message: /document type/,
  },
  {
    name: 'quadratic.xml',
    content: `<!DOCTYPE k [<!ENTITY a "${'a'.repeat(50_000)}">]>${container('&a;'.repeat(10_000))}`,
    message: /document type|too long/,
  },
  {
    name: 'external-file.xml',
    content: `<!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/hostname">]>${container('&x;')}`,
    message: /document type/,
  },
  {
    name: 'external-address.xml',
    content: `<!DOCTYPE k [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>${container('&x;')}`,
    message: /document type/,
  },
  {
    name: 'external-dtd.xml',
    content: `<!DOCTYPE k SYSTEM "http://127.0.0.1:9/secret.dtd">${container('A1')}`,
    message: /document type/,
  },
  {
    name: 'parameter-entity.xml',
    content: `<!DOCTYPE k [<!ENTITY % p SYSTEM "file:///secret.dtd"> %p;]>${container('A1')}`,
    message: /document type/,
  },
  {name: 'unknown-entity.xml', content: container('&nothing;'), message: /not well-formed/},
  {
    name: 'tokens-dtd.xml',
    content: `<!DOCTYPE t SYSTEM "file:///etc/hostname"><Tokens><Token serial="A"/></Tokens>`,
    message: /document type/,
  },
  {name: 'deep.xml', content: `<KeyContainer ${namespace}>${'<a>'.repeat(100_000)}`, message: /nested too deeply/},
  {
    name: 'long-name.xml',
    content: `<KeyContainer ${namespace}><${'a'.repeat(3_000_000)}`,
    message: /too long|too large/,
  },
  {name: 'many-children.xml', content: container('A1', `<X>${'<a/>'.repeat(20_000)}</X>`), message: /too/},
  {
    name: 'no-mac.xml',
    content: container(
      'A1',
      '<MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><MACKey><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><CipherData><CipherValue>AAAA</CipherValue></CipherData></MACKey></MACMethod>',
    ),
    message: /MAC/,
  },
  {name: 'cut.xml', content: container('A1').slice(0, -40), message: /not well-formed|unclosed/i},
  {name: 'cut-utf16.csv', content: Buffer.from(`\uFEFFA1,${seed}\n`, 'utf16le').subarray(0, -1), message: /UTF-16/},
  {name: 'latin1.csv', content: Buffer.from(`A1,${seed}\nÄ,${seed}\n`, 'latin1'), message: /not UTF-8/},
  {name: 'binary.csv', content: Buffer.from([65, 44, 0, 1, 2, 3, 10]), message: /binary|no format/},
  {name: 'long-line.csv', content: `A1,${'ab'.repeat(100_000)}\n`, message: /longer than/},
  {name: 'open-quote.csv', content: `A1,${seed}\nA2,"${seed}\n`, message: /never closed/},
  {name: 'cut.csv', content: `A1,${seed},hotp\nA2,${seed},hotp\nA3,313233`, message: /ends in the middle/},
  {
    name: 'shifted.csv',
    content: `${seed},A1,hotp\n${seed},A2,hotp\n`,
  },
]
