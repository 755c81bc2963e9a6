import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {
  auditText,
  pythonDate,
  pythonDuration,
  signAuditRow,
  verifyAuditRow,
  type SignedAuditFields,
} from '../../../../src/lib/audit/sign.js'
import {readPrivateKey, readPublicKey} from '../../../../src/lib/crypto/signature.js'
import {fixture} from '../../../support/folders.js'
import {SqliteFile, type SqlRow} from '../../../support/sqlite-file.js'

interface Expected {
  audit: Record<
    string,
    {signature_valid: boolean; signature_valid_if_old_style_allowed: boolean; signed_string: string}
  >
}

const text = (value: unknown) => (typeof value === 'string' ? value : null)

function fieldsOf(row: SqlRow): SignedAuditFields {
  // privacyIDEA keeps a duration on SQLite as a time after 1970.
  const duration = text(row['duration'])
  const [, hours, minutes, seconds, fraction] = /(\d\d):(\d\d):(\d\d)\.(\d{6})$/.exec(duration ?? '') ?? []
  const wholeSeconds = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return {
    id: Number(row['id']),
    date: text(row['date']),
    action: text(row['action']),
    success: row['success'] === null ? null : Number(row['success']),
    serial: text(row['serial']),
    tokenType: text(row['token_type']),
    user: text(row['user']),
    realm: text(row['realm']),
    administrator: text(row['administrator']),
    actionDetail: text(row['action_detail']),
    info: text(row['info']),
    server: text(row['privacyidea_server']),
    client: text(row['client']),
    loglevel: text(row['loglevel']),
    clearanceLevel: text(row['clearance_level']),
    startdate: text(row['startdate']),
    duration: duration === null ? null : wholeSeconds * 1_000_000 + Number(fraction),
    containerSerial: null,
    containerType: null,
  }
}

describe('audit signatures of privacyIDEA 3.8', () => {
  const {audit} = JSON.parse(readFileSync(fixture('interop', 'privacyidea-3.8', 'expect.json'), 'utf8')) as Expected
  const publicKey = readPublicKey(readFileSync(fixture('interop', 'privacyidea-3.8', 'public.pem')))
  const privateKey = readPrivateKey(readFileSync(fixture('interop', 'privacyidea-3.8', 'private.pem')))
  let rows: SqlRow[]

  before(async () => {
    const db = await SqliteFile.open(fixture('interop', 'privacyidea-3.8', 'data.sqlite'), {readonly: true})
    rows = await db.all('SELECT * FROM pidea_audit ORDER BY id')
    await db.close()
  })

  it('are made of the same text', () => {
    expect(rows).to.have.length(Object.keys(audit).length)
    for (const row of rows) expect(auditText(fieldsOf(row))).to.equal(audit[String(row['id'])]?.signed_string)
  })

  it('verify where the original verifies them, and nowhere else', () => {
    for (const row of rows) {
      const expected = audit[String(row['id'])]
      const signature = text(row['signature'])
      const strict = verifyAuditRow(publicKey, fieldsOf(row), signature)
      const lenient = verifyAuditRow(publicKey, fieldsOf(row), signature, {allowOld: true})

      expect(strict, `row ${String(row['id'])}`).to.equal(expected?.signature_valid)
      expect(lenient, `row ${String(row['id'])}`).to.equal(expected?.signature_valid_if_old_style_allowed)
    }
  })

  it('are written for rows of ours, and are empty without a key', async () => {
    for (const row of rows.slice(0, 3)) {
      const fields = fieldsOf(row)
      expect(verifyAuditRow(publicKey, fields, await signAuditRow(privateKey, fields))).to.equal(true)
      expect(await signAuditRow(undefined, fields)).to.equal('')
    }
  })
})

describe('the text of an audit row', () => {
  const nothing: SignedAuditFields = {
    id: 7,
    date: '2023-01-31 12:34:56.000000',
    action: null,
    success: 0,
    serial: null,
    tokenType: null,
    user: null,
    realm: null,
    administrator: null,
    actionDetail: null,
    info: null,
    server: null,
    client: null,
    loglevel: null,
    clearanceLevel: null,
    startdate: null,
    duration: null,
    containerSerial: null,
    containerType: null,
  }

  it('ends after the clearance level where nothing follows', () => {
    expect(auditText(nothing)).to.equal(
      'id=7,date=2023-01-31 12:34:56,action=None,succ=0,serial=None,t=None,u=None,r=None,adm=None,ad=None,i=None,ps=None,c=None,l=None,cl=None',
    )
  })

  it('names the container since 3.10, and leaves out a duration of zero', () => {
    const row = {
      ...nothing,
      startdate: '2023-01-31 12:34:56.5',
      duration: 0,
      containerSerial: 'CONT1',
      containerType: 'x',
    }
    expect(auditText(row)).to.match(/,cl=None,2023-01-31 12:34:56.500000,c_serial=CONT1,ct=x$/)
  })

  it('writes dates and spans as Python does', () => {
    expect(pythonDate('2023-01-31T12:34:56.000001')).to.equal('2023-01-31 12:34:56.000001')
    expect(pythonDuration(4_548_720)).to.equal('0:00:04.548720')
    expect(pythonDuration(86_400_000_000)).to.equal('1 day, 0:00:00')
    expect(pythonDuration(2 * 86_400_000_000 + 3_600_000_000)).to.equal('2 days, 1:00:00')
    expect(pythonDuration(-1_000_000)).to.equal('-1 day, 23:59:59')
    expect(pythonDuration(-86_400_000_001)).to.equal('-2 days, 23:59:59.999999')
  })
})
