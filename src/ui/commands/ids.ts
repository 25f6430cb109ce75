/** Every command of the extension, as package.json contributes it. */
export const COMMANDS = {
  nodeAdd: 'meshRedirect.node.add',
  nodeUseLocal: 'meshRedirect.node.useLocal',
  nodeConnect: 'meshRedirect.node.connect',
  nodeDisconnect: 'meshRedirect.node.disconnect',
  nodeRemove: 'meshRedirect.node.remove',
  nodeRefresh: 'meshRedirect.node.refresh',
  nodeCheck: 'meshRedirect.node.check',
  nodeCleanUp: 'meshRedirect.node.cleanUp',
  workloadSwitchToEbpf: 'meshRedirect.workload.switchToEbpf',
  workloadSwitchToIptables: 'meshRedirect.workload.switchToIptables',
  workloadRemoveRedirection: 'meshRedirect.workload.removeRedirection',
  workloadPreviewSwitch: 'meshRedirect.workload.previewSwitch',
  workloadRollBack: 'meshRedirect.workload.rollBack',
  workloadVerify: 'meshRedirect.workload.verify',
  workloadInspect: 'meshRedirect.workload.inspect',
  workloadShowRules: 'meshRedirect.workload.showRules',
  workloadExport: 'meshRedirect.workload.export',
  snapshotOpen: 'meshRedirect.snapshot.open',
  workloadShowPolicy: 'meshRedirect.workload.showPolicy',
  secretsForget: 'meshRedirect.secrets.forget',
  logShow: 'meshRedirect.log.show',
} as const;

export type CommandId = (typeof COMMANDS)[keyof typeof COMMANDS];
