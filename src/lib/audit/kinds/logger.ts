import {appendFile} from 'node:fs/promises'
import {pythonJson} from '../../crypto/python-json.js'
import {reasonOf} from '../../errors.js'
import type {AuditEntry} from '../../types/audit.js'
import type {AuditKind} from '../contract.js'
import {localNow} from '../local-time.js'
import {findLogger, logLine} from '../shared/log-config.js'
import {pythonDate, pythonDuration} from '../sign.js'

/**
 * One message a request to a logger of Python's logging: JSON with sorted keys, ASCII only (spec/11 §A6). Of the logging
 * configuration the files of the logger's handlers and their formats count; without one it is PI_LOGFILE.
 */
export const logger: AuditKind = {
  module: 'loggeraudit',
  async open({settings, clock, warn}) {
    const name =
      settings.text('PI_AUDIT_LOGGER_QUALNAME') ??
      settings.text('PI_AUDIT_MODULE') ??
      'privacyidea.lib.auditmodules.loggeraudit'
    const targets = await findLogger(name, {
      configFile: settings.path('PI_LOGCONFIG'),
      logFile: settings.path('PI_LOGFILE'),
      warn,
    })
    let last = Promise.resolve()
    return {
      write(entry) {
        const [text, now] = [entryText(entry, clock()), clock()]
        // One after the other, so that lines stay whole and in order.
        last = last.then(async () => {
          for (const target of targets) {
            try {
              await appendFile(target.file, `${logLine(target.format, {name, text, now})}\n`, {mode: 0o640})
            } catch (error) {
              warn(`An audit entry was not written: ${reasonOf(error)}`)
            }
          }
        })
        return last
      },
      close: () => last,
    }
  },
}

/** @param now milliseconds since 1970, UTC */
export function entryText(entry: AuditEntry, now: number): string {
  return pythonJson(
    {
      action: entry.action,
      action_detail: entry.actionDetail,
      administrator: entry.administrator,
      authentication: entry.authentication ?? undefined,
      client: entry.client,
      // The original reckons it wrong by the distance of the local zone.
      duration: pythonDuration((now - entry.startedAt) * 1000),
      info: entry.info,
      policies: entry.policies.join(','),
      privacyidea_server: entry.server,
      realm: entry.realm,
      resolver: entry.resolver,
      serial: entry.serial,
      startdate: pythonDate(localNow(entry.startedAt)).replace(' ', 'T'),
      success: entry.success,
      thread_id: entry.threadId,
      timestamp: pythonDate(new Date(now).toISOString().replace('Z', '')).replace(' ', 'T'),
      token_type: entry.tokenType,
      user: entry.user,
      user_agent: entry.userAgent ?? undefined,
      user_agent_version: entry.userAgentVersion ?? undefined,
    },
    {sortKeys: true},
  )
}
