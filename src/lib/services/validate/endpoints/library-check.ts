import type {Endpoint} from '../api.js'
import {check} from '../check.js'

/**
 * The check alone, without the policies that the view of `/validate/check` puts around it: what the original's command
 * line does (spec/03-cli.md §A.1, `validate`).
 */
export const libraryCheck: Endpoint = async (call, services) => {
  const {accepted, detail} = await check(call, services.authenticate)
  return {status: 200, document: {result: {status: true, value: accepted}, detail: detail ?? {}}}
}
