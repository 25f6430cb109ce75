/**
 * What a line of ssh_config(5) may begin with, in lower case: a word that is none of these is most likely misspelt.
 * From OpenSSH 10, with what Apple and Debian add.
 */
export const KEYWORDS: ReadonlySet<string> = new Set(
  `addkeystoagent addressfamily batchmode bindaddress bindinterface canonicaldomains canonicalizefallbacklocal
  canonicalizehostname canonicalizemaxdots canonicalizepermittedcnames casignaturealgorithms certificatefile
  challengeresponseauthentication channeltimeout checkhostip ciphers clearallforwardings compression connectionattempts
  connecttimeout controlmaster controlpath controlpersist dynamicforward enableescapecommandline enablesshkeysign
  escapechar exitonforwardfailure fingerprinthash forkafterauthentication forwardagent forwardx11 forwardx11timeout
  forwardx11trusted gatewayports globalknownhostsfile gssapiauthentication gssapiclientidentity
  gssapidelegatecredentials gssapikexalgorithms gssapikeyexchange gssapirenewalforcesrekey gssapiserveridentity
  gssapitrustdns hashknownhosts host hostbasedacceptedalgorithms hostbasedauthentication hostbasedkeytypes
  hostkeyalgorithms hostkeyalias hostname identitiesonly identityagent identityfile ignoreunknown include ipqos
  kbdinteractiveauthentication kbdinteractivedevices kexalgorithms knownhostscommand localcommand localforward loglevel
  logverbose macs match nohostauthenticationforlocalhost numberofpasswordprompts obscurekeystroketiming
  passwordauthentication permitlocalcommand permitremoteopen pkcs11provider port preferredauthentications proxycommand
  proxyjump proxyusefdpass pubkeyacceptedalgorithms pubkeyacceptedkeytypes pubkeyauthentication refuseconnection
  rekeylimit remotecommand remoteforward requesttty requiredrsasize revokedhostkeys securitykeyprovider sendenv
  serveralivecountmax serveraliveinterval sessiontype setenv stdinnull streamlocalbindmask streamlocalbindunlink
  stricthostkeychecking syslogfacility tag tcpkeepalive tunnel tunneldevice updatehostkeys usekeychain user
  userknownhostsfile verifyhostkeydns versionaddendum visualhostkey warnweakcrypto xauthlocation`.split(
    /\s+/,
  ),
);

/** What decides how or whom we reach, and is not done here: the log says so, so that nobody has to wonder. */
export const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['canonicalizehostname', 'names are not made canonical'],
  ['certificatefile', "users' certificates are not supported"],
  ['hostbasedauthentication', 'is not supported'],
  ['gssapiauthentication', 'Kerberos is not supported'],
  ['knownhostscommand', 'is not run: hosts are known from files'],
  ['pkcs11provider', 'is not loaded: load the key into an ssh-agent'],
  ['securitykeyprovider', 'is not loaded: load the key into an ssh-agent'],
  ['revokedhostkeys', 'is not read: name revoked keys in known_hosts with @revoked'],
]);
