import {execFileSync} from 'node:child_process'
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {SeededFault} from './doctor-faults.js'
import type {DoctorInstance} from './doctor-instance.js'

/** A local authority in its folder, registered in the database. */
async function authority(instance: DoctorInstance, {days = 3650, crlEnd = '20500101000000Z'} = {}): Promise<string> {
  const folder = instance.path('ca')
  mkdirSync(folder)
  const openssl = (...args: string[]) => execFileSync('openssl', args, {cwd: folder, stdio: 'pipe'})
  const names = ['-keyout', 'cakey.pem', '-out', 'cacert.pem']
  openssl('req', '-x509', '-nodes', '-newkey', 'rsa:2048', '-subj', '/CN=Test', '-days', String(days), ...names)
  writeFileSync(join(folder, 'index.txt'), '')
  writeFileSync(join(folder, 'ca.cnf'), '[ca]\ndefault_ca = d\n[d]\ndatabase = index.txt\ndefault_md = sha256\n')
  const keys = ['-keyfile', 'cakey.pem', '-cert', 'cacert.pem']
  const times = ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', crlEnd]
  openssl('ca', '-config', 'ca.cnf', '-gencrl', ...keys, ...times, '-out', 'crl.pem')
  const settings = {WorkingDir: folder, cacert: 'cacert.pem', cakey: 'cakey.pem', CRL: 'crl.pem'}
  await instance.sql(
    `INSERT INTO caconnector (id, name, catype) VALUES (1, 'local', 'local')`,
    ...Object.entries(settings).map(
      ([key, value], at) =>
        `INSERT INTO caconnectorconfig (id, caconnector_id, "Key", "Value", "Type") VALUES (${at + 1}, 1, '${key}', '${value}', '')`,
    ),
  )
  return folder
}

/** Faults of certificates and their authorities. */
export const certificateFaults: readonly SeededFault[] = [
  {
    title: 'an authority without its key',
    check: 'ca-files',
    says: /cakey\.pem is not there/,
    async seed(instance) {
      rmSync(join(await authority(instance), 'cakey.pem'))
    },
  },
  {
    title: 'an authority that ends soon',
    check: 'ca-certificates',
    severity: 'warning',
    says: /ends on/,
    async seed(instance) {
      await authority(instance, {days: 10})
    },
  },
  {
    title: 'a revocation list that has ended',
    check: 'ca-crl',
    says: /ended on 2020-02-01/,
    async seed(instance) {
      await authority(instance, {crlEnd: '20200201000000Z'})
    },
  },
  {
    title: 'a certificate of a token that ends soon',
    check: 'token-certificates',
    severity: 'warning',
    says: /1 certificates end within 30 days, e\.g\. that of CRT1/,
    async seed(instance) {
      const pem = readFileSync(join(await authority(instance, {days: 10}), 'cacert.pem'), 'utf8')
      await instance.sql(
        'DELETE FROM caconnectorconfig',
        'DELETE FROM caconnector',
        `INSERT INTO token (id, serial, tokentype, active, failcount, maxfail) VALUES (1, 'CRT1', 'certificate', 1, 0, 10)`,
        `INSERT INTO tokeninfo (id, "Key", "Value", token_id) VALUES (1, 'certificate', '${pem}', 1)`,
      )
    },
  },
]
