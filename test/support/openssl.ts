import {execFileSync, spawnSync} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {copyFixture, fixture, temporaryFolder} from './folders.js'

/** What a run of openssl said. */
export interface OpensslResult {
  status: number
  output: string
}

/** Runs openssl in a folder; gives status and both outputs. */
export function openssl(folder: string, args: readonly string[]): OpensslResult {
  const {status, stdout, stderr} = spawnSync('openssl', args, {cwd: folder, encoding: 'utf8', env: opensslEnv()})
  return {status: status ?? -1, output: `${stdout}${stderr}`}
}

/** The same; throws unless it ends well. */
export function opensslOk(folder: string, args: readonly string[]): string {
  return execFileSync('openssl', args, {
    cwd: folder,
    encoding: 'utf8',
    env: opensslEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** A request with a new key of an elliptic curve, which is made faster than an RSA key; gives its text. */
export function newRequest(folder: string, subject: string, ...more: string[]): string {
  return opensslOk(folder, [
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-utf8'],
    ...['-keyout', join(folder, 'request-key.pem'), '-subj', subject, ...more],
  ])
}

const opensslConfig = `
[ca]
default_ca = demo
[demo]
dir = ./demoCA
database = $dir/index.txt
new_certs_dir = $dir/newcerts
certificate = $dir/cacert.pem
serial = $dir/serial
crlnumber = $dir/crlnumber
private_key = $dir/private/cakey.pem
default_days = 365
default_crl_days = 30
default_md = sha256
policy = names
copy_extensions = copy
unique_subject = no
crl_extensions = crl_ext
crl = $dir/crl.pem
[names]
countryName = match
organizationName = optional
commonName = supplied
[req]
distinguished_name = dn
x509_extensions = v3_ca
prompt = no
[dn]
C = DE
O = Steps "Ltd" # not the name
CN = Steps CA
[v3_ca]
basicConstraints = critical, CA:TRUE
subjectKeyIdentifier = hash
keyUsage = keyCertSign, cRLSign
[server]
basicConstraints = critical, CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = serverAuth, 1.2.3.4
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer
authorityInfoAccess = OCSP;URI:http://ocsp.example/
crlDistributionPoints = URI:http://ca.example/a.crl
[crl_ext]
authorityKeyIdentifier = keyid:always
`

/** A CA made by hand: folders, lists, a key with passphrase, a configuration of its own. */
export function caByOpenssl(folder: string, passphrase: string): Record<string, string> {
  for (const part of ['demoCA/newcerts', 'demoCA/private']) mkdirSync(join(folder, part), {recursive: true})
  writeFileSync(join(folder, 'openssl.cnf'), opensslConfig)
  writeFileSync(join(folder, 'demoCA/index.txt'), '')
  writeFileSync(join(folder, 'demoCA/serial'), '0FFF\n')
  writeFileSync(join(folder, 'demoCA/crlnumber'), '0A\n')
  opensslOk(folder, [
    ...['req', '-new', '-x509', '-config', 'openssl.cnf', '-days', '3000', '-passout', `pass:${passphrase}`],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ...['-keyout', 'demoCA/private/cakey.pem', '-out', 'demoCA/cacert.pem'],
  ])
  return {
    WorkingDir: folder,
    cacert: 'demoCA/cacert.pem',
    cakey: 'demoCA/private/cakey.pem',
    'openssl.cnf': 'openssl.cnf',
    CertificateDir: 'demoCA/newcerts',
    CSRDir: '.',
    CRL: 'demoCA/crl.pem',
    CRL_Overlap_Period: '5',
  }
}

/** The recorded CA of privacyIDEA 3.8, in a folder. */
export function recordedCa(folder: string): Record<string, string> {
  copyFixture(fixture('interop/privacyidea-3.8/ca'), folder)
  return {
    WorkingDir: folder,
    cacert: 'cacert.pem',
    cakey: 'cakey.pem',
    'openssl.cnf': 'openssl.cnf',
    CertificateDir: '.',
    CSRDir: '.',
    CRL: 'crl.pem',
    CRL_Overlap_Period: '5',
  }
}

let home: string | undefined

/** Configurations of the original ask for a random file of the home folder. */
function opensslEnv(): NodeJS.ProcessEnv {
  return {PATH: process.env['PATH'], HOME: (home ??= temporaryFolder('openssl-home')), LANG: 'C.UTF-8'}
}
