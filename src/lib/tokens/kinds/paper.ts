import type {TokenKind} from '../contract.js'
import {checkHotp, isPreviousHotp, resyncHotp} from '../shared/hotp.js'

/** A printed list of HOTP values, used in order (spec/06 §1.6). */
export const paper: TokenKind = {
  type: 'paper',
  serialPrefix: 'PPR',
  clientMode: 'interactive',
  challengeable: true,
  challengeByPin: 'policy',
  checkOtp: checkHotp,
  isPreviousOtp: isPreviousHotp,
  resync: resyncHotp,
}
