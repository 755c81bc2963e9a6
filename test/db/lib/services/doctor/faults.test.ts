import {expect} from 'chai'
import {doctorChecks} from '../../../../../src/lib/doctor/registry.js'
import {certificateFaults} from '../../../../support/doctor-certificate-faults.js'
import {databaseFaults, serverFaults, siteFaults, type SeededFault} from '../../../../support/doctor-faults.js'
import {doctorInstance, type DoctorInstance} from '../../../../support/doctor-instance.js'
import {rowFaults} from '../../../../support/doctor-row-faults.js'

describe('the doctor', function () {
  this.timeout(60_000)
  let instance: DoctorInstance
  let seeded: SeededFault[]

  before(async () => {
    instance = await doctorInstance()
    seeded = [...siteFaults, ...databaseFaults, ...rowFaults, ...certificateFaults, ...(await serverFaults())]
  })
  after(() => instance.remove())

  it('finds nothing in a new installation', async () => {
    const {checks, summary} = await instance.examine()

    expect(checks.filter(({status}) => status !== 'ok' && status !== 'skipped')).to.deep.equal([])
    expect(summary).to.include({errors: 0, warnings: 0, notes: 0})
    expect(summary.ok + summary.skipped).to.equal(doctorChecks.length)
  })

  it('names each seeded fault with its check, and nothing else', async () => {
    const wrong: string[] = []
    for (const fault of seeded) {
      instance.restore()
      await fault.seed(instance)
      wrong.push(...(await judged(fault)))
    }

    expect(wrong).to.deep.equal([])
    expect(seeded).to.have.length.greaterThan(70)
  })

  it('has a seeded fault for every check, apart from those that need another database', () => {
    const elsewhere = [
      'database-version',
      'database-pool',
      'database-charset',
      'database-password',
      'sequences',
      'audit-truncate',
    ]
    const untried = doctorChecks.map(({id}) => id).filter((id) => !seeded.some(({check}) => check === id))

    expect(untried).to.have.members([...elsewhere, 'audit-signing'])
  })

  async function judged({
    also = [],
    check,
    overrides,
    says,
    severity = 'error',
    title,
  }: SeededFault): Promise<string[]> {
    const report = await instance.examine(overrides)
    const found = report.checks.filter(({status}) => status === 'fault' || status === 'failed')
    const mine = found.find(({id}) => id === check)
    const problems: string[] = []
    if (!mine) problems.push(`not named by ${check}`)
    else if (mine.status !== 'fault' || mine.severity !== severity || !says.test(mine.message)) {
      problems.push(`${mine.status} ${mine.severity}: ${mine.message}`)
    }
    if (mine && !mine.mend) problems.push('without a way to mend it')
    const others = found.filter(({id}) => id !== check && !also.includes(id))
    problems.push(...others.map(({id, message}) => `also ${id}: ${message}`))
    problems.push(...also.filter((id) => !found.some((other) => other.id === id)).map((id) => `not named by ${id}`))
    return problems.map((problem) => `${title}: ${problem}`)
  }
})
