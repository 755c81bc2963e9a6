/** Actions in the order in which the originals list the rights of somebody whom no policy restricts (spec/08 §9.1). */
const admin =
  'enable disable set setpin setrandompin settokeninfo enrollpin resync reset revoke assign unassign ' +
  'importtokens delete userlist machinelist manage_machine_tokens fetch_authentication_items tokenrealms ' +
  'tokenlist getserial getrandom copytokenpin copytokenuser losttoken configwrite configdelete configread ' +
  'system_documentation policywrite policydelete policyread resolverwrite resolverdelete resolverread ' +
  'caconnectorwrite caconnectordelete caconnectorread mresolverwrite mresolverdelete mresolverread ' +
  'otp_pin_maxlength otp_pin_minlength otp_pin_contents otp_pin_set_random auditlog auditlog_age ' +
  'hide_audit_columns auditlog_download adduser updateuser deleteuser set_hsm_password getchallenges ' +
  'smtpserver_write smtpserver_read radiusserver_write radiusserver_read privacyideaserver_write ' +
  'privacyideaserver_read periodictask_write periodictask_read statistics_read statistics_delete ' +
  'eventhandling_write eventhandling_read smsgateway_write smsgateway_read clienttype managesubscription ' +
  'triggerchallenge set_custom_user_attributes delete_custom_user_attributes hide_tokeninfo tokengroup_list ' +
  'tokengroup_add tokengroup_delete tokengroups enrollYUBICO enrollQUESTION enrollSPASS ' +
  'spass_otp_pin_maxlength spass_otp_pin_minlength spass_otp_pin_contents enrollPW enrollINDEXEDSECRET ' +
  'indexedsecret_force_attribute enrollREMOTE enrollRADIUS enrollTIQR enrollOCRA enrollDAPLUG enrollSMS ' +
  'sms_gateways enrollPUSH enrollEMAIL enrollCERTIFICATE certificate_trusted_Attestation_CA_path ' +
  'enrollREGISTRATION enroll4EYES enrollSSHKEY enrollTAN enrollTOTP totp_timestep totp_hashlib totp_otplen ' +
  'totp_2step enrollU2F enrollWEBAUTHN enrollMOTP enrollVASCO enrollPAPER enrollYUBIKEY enrollHOTP ' +
  'hotp_hashlib hotp_otplen hotp_2step'

const user =
  'assign disable enable delete unassign resync revoke reset setpin setrandompin otp_pin_set_random ' +
  'setdescription enrollpin otp_pin_maxlength otp_pin_minlength otp_pin_contents auditlog auditlog_age ' +
  'hide_audit_columns userlist updateuser password_reset set_custom_user_attributes ' +
  'delete_custom_user_attributes hide_tokeninfo enrollYUBICO enrollQUESTION enrollSPASS ' +
  'spass_otp_pin_maxlength spass_otp_pin_minlength spass_otp_pin_contents enrollINDEXEDSECRET ' +
  'indexedsecret_force_attribute enrollRADIUS enrollTIQR enrollSMS sms_gateways enrollPUSH enrollEMAIL ' +
  'enrollCERTIFICATE certificate_trusted_Attestation_CA_path enrollSSHKEY enrollTAN enrollTOTP totp_timestep ' +
  'totp_hashlib totp_otplen totp_force_server_generate totp_2step enrollU2F enrollWEBAUTHN enrollMOTP ' +
  'enrollPAPER enrollYUBIKEY enrollHOTP hotp_hashlib hotp_otplen hotp_force_server_generate hotp_2step'

export const rightsOrder: Readonly<Record<'admin' | 'user', readonly string[]>> = {
  admin: admin.split(' '),
  user: user.split(' '),
}
