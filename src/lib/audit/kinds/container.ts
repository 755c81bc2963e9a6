import type {AuditKind, AuditSink} from '../contract.js'

/** Forwards to every module of PI_AUDIT_CONTAINER_WRITE; one that fails does not keep the others (spec/11 §A7). */
export const container: AuditKind = {
  module: 'containeraudit',
  async open({settings, open, warn}) {
    const modules: AuditSink[] = []
    for (const name of settings.list('PI_AUDIT_CONTAINER_WRITE')) modules.push(await open(name))
    if (modules.length === 0) warn('PI_AUDIT_CONTAINER_WRITE names no audit module: nothing is recorded.')
    return {
      async write(entry) {
        await Promise.all(modules.map((module) => module.write(entry)))
      },
      async close() {
        await Promise.all(modules.map((module) => module.close()))
      },
    }
  },
}
