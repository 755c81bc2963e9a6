/** What differs between the openssl configurations that are made. */
export interface CaConfigValues {
  /** Validity of CRLs, in days. */
  crlDays: number
  /** Validity of the CA, which openssl takes for certificates when nothing else is said. */
  days: number
  /** Where CRLs and the certificate of the CA are published: put into certificates. */
  crlUrl?: string | undefined
  issuerUrl?: string | undefined
}

/**
 * The openssl configuration of a new CA, with the sections that the original's has (spec/11 §E2, "Values of the generated
 * openssl configuration"). Distribution points come in only when there is a URL: an empty section makes openssl 3 refuse
 * to sign. CRLs are numbered and name their key, as RFC 5280 §5.2 wants it.
 */
export function configText({crlDays, days, crlUrl, issuerUrl}: CaConfigValues): string {
  const published = [
    ...(crlUrl === undefined ? [] : ['crlDistributionPoints = @crl_dp_policy']),
    ...(issuerUrl === undefined ? [] : [`authorityInfoAccess = caIssuers;URI:${escaped(issuerUrl)}`]),
  ]
  const leaf = (usage: string, ...more: string[]) => [
    `keyUsage = ${usage}`,
    'basicConstraints = CA:FALSE',
    'subjectKeyIdentifier = hash',
    'authorityKeyIdentifier = keyid,issuer:always',
    ...more,
    ...published,
  ]
  const signing = 'nonRepudiation, digitalSignature, keyEncipherment'
  const sections: Record<string, readonly string[]> = {
    ca: ['default_ca = CA_default'],
    CA_default: [
      'dir = .',
      'certs = $dir',
      'crl_dir = $dir',
      'new_certs_dir = $dir',
      'database = $dir/index.txt',
      'serial = $dir/serial',
      'crlnumber = $dir/crlnumber',
      'certificate = $dir/cacert.pem',
      'private_key = $dir/cakey.pem',
      'crl = $dir/crl.pem',
      'x509_extensions = usr_cert',
      'crl_extensions = crl_ext',
      `default_days = ${days}`,
      `default_crl_days = ${crlDays}`,
      'default_md = sha256',
      'preserve = no',
      'policy = policy_anything',
    ],
    policy_anything: [
      'countryName = optional',
      'stateOrProvinceName = optional',
      'localityName = optional',
      'organizationName = optional',
      'organizationalUnitName = optional',
      'commonName = supplied',
      'emailAddress = optional',
    ],
    req: [
      'default_bits = 2048',
      'default_md = sha256',
      'distinguished_name = req_distinguished_name',
      'x509_extensions = v3_ca',
      'string_mask = utf8only',
    ],
    req_distinguished_name: [
      'countryName = Country Name (2 letter code)',
      'stateOrProvinceName = State or Province Name',
      'localityName = Locality Name',
      '0.organizationName = Organization Name',
      'organizationalUnitName = Organizational Unit Name',
      'commonName = Common Name',
      'emailAddress = Email Address',
    ],
    usr_cert: [
      'basicConstraints = CA:FALSE',
      'subjectKeyIdentifier = hash',
      'authorityKeyIdentifier = keyid,issuer:always',
      ...published,
    ],
    server: leaf('digitalSignature, keyEncipherment', 'nsCertType = server', 'extendedKeyUsage = serverAuth'),
    etoken: leaf(signing),
    user: leaf(signing),
    ocsp: leaf('digitalSignature, keyEncipherment', 'extendedKeyUsage = OCSPSigning'),
    v3_ca: [
      'subjectKeyIdentifier = hash',
      'authorityKeyIdentifier = keyid:always,issuer:always',
      'basicConstraints = critical, CA:true',
      'keyUsage = critical, keyCertSign, cRLSign',
    ],
    crl_ext: ['authorityKeyIdentifier = keyid:always'],
    crl_dp_policy: crlUrl === undefined ? [] : [`URI.0 = ${escaped(crlUrl)}`],
  }
  return Object.entries(sections)
    .map(([name, lines]) => `[ ${name} ]\n${lines.map((line) => `${line}\n`).join('')}`)
    .join('\n')
}

/** `#`, `$` and backslashes mean something in these files. */
function escaped(url: string): string {
  return url.replace(/[\\#$"']/g, '\\$&')
}
