import * as vscode from 'vscode';
import { AgentFiles, KeyRing } from './nodes';
import { checkCommands } from './ui/commands/check-commands';
import { logCommands } from './ui/commands/log-commands';
import { connectNode, nodeCommands } from './ui/commands/node-commands';
import { residueCommands } from './ui/commands/residue-commands';
import { secretCommands } from './ui/commands/secret-commands';
import { exportAndOffer, snapshotCommands } from './ui/commands/snapshot-commands';
import { treeCommands } from './ui/commands/tree-commands';
import { terminalCommands } from './ui/commands/terminal-commands';
import { verifyCommands } from './ui/commands/verify-commands';
import { Accelerator } from './ui/acceleration/accelerator';
import { accelerationCommands } from './ui/commands/acceleration-commands';
import { workloadCommands } from './ui/commands/workload-commands';
import { ContextKeys } from './ui/context-keys';
import { copyText } from './ui/clipboard';
import { Documents } from './ui/documents';
import { Drains } from './ui/drains';
import { Failures } from './ui/failures';
import { Comparer } from './ui/inspector/compare';
import { History } from './ui/inspector/history';
import { InspectorPanels } from './ui/inspector/panels';
import { Log } from './ui/log';
import { describeWith } from './ui/nodes/describe-node';
import { ListFollower } from './ui/nodes/follow-lists';
import { KindNodes } from './ui/nodes/kind-nodes';
import { NodeRegistry } from './ui/nodes/node-registry';
import { nodeTurns } from './ui/nodes/node-turns';
import { observeWith } from './ui/nodes/observe';
import { SettingProblems } from './ui/nodes/setting-problems';
import { observeUnderNewPolicy } from './ui/policy/follow-policy';
import { Policies } from './ui/policy/policies';
import { PolicyCommands } from './ui/policy/policy-commands';
import { PolicyDiagnostics } from './ui/policy/policy-diagnostics';
import { PolicyFiles } from './ui/policy/policy-files';
import { PolicyLanguage } from './ui/policy/policy-language';
import { rollOutCommands } from './ui/roll-out/roll-out-commands';
import { rulesCommands, showRules } from './ui/rules/rules-commands';
import { RulesDiagnostics } from './ui/rules/rules-diagnostics';
import { dialogPrompts } from './ui/prompts';
import { recoverWith } from './ui/recovery';
import { ResidueCleaner } from './ui/residue';
import { askSecret } from './ui/secrets/ask-secret';
import { SecretMemory } from './ui/secrets/secret-memory';
import { Settings } from './ui/settings';
import { StatusBar } from './ui/status/status-bar';
import { forgetGoneStates } from './ui/switching/forget-gone';
import { Previewer } from './ui/switching/previewer';
import { SavedStates } from './ui/switching/saved-states';
import { Switcher } from './ui/switching/switcher';
import { NodesTree } from './ui/tree/nodes-tree';
import { TreeFilter } from './ui/tree/tree-filter';
import { VerifyTests } from './ui/verify/tests';
import { verifyWith } from './ui/verify/verifier';

/** Composes the extension. Reads no transport and opens nothing: connecting does. */
export function activate(context: vscode.ExtensionContext): void {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const log = own(new Log());
  const failures = new Failures(log);
  const settings = own(new Settings());
  const policies = own(new Policies(settings, own(new PolicyFiles())));
  const agents = new AgentFiles(vscode.Uri.joinPath(context.extensionUri, 'dist', 'agent').fsPath);
  const documents = own(new Documents());
  const keys = new KeyRing();
  const secrets = new SecretMemory(context.secrets, askSecret);
  const prompts = dialogPrompts(secrets);
  const history = own(new History());
  const turns = nodeTurns();
  const services = {
    prompts,
    log,
    turns,
    observe: history.recording(observeWith(policies)),
    recover: recoverWith(log),
  };
  const kind = own(new KindNodes(agents, log, settings));
  const registry = own(new NodeRegistry(settings, describeWith(agents, keys), kind, services));
  const objectsDirectory = vscode.Uri.joinPath(context.extensionUri, 'dist', 'bpf').fsPath;
  const saved = new SavedStates(context.globalState);
  own(forgetGoneStates(registry, saved, log));
  const switcher = new Switcher({ objectsDirectory, policies, settings, saved, failures });
  const verify = verifyWith(policies);
  const previewer = new Previewer({ objectsDirectory, policies, documents, switcher, failures });
  own(new Drains(registry, policies, log, objectsDirectory));
  const comparer = new Comparer(history, documents, registry, policies);
  const inspectors: InspectorPanels = own(
    new InspectorPanels(context.extensionUri, registry, settings, log, {
      reconnect: (node) => failures.guard(() => connectNode(node)),
      copy: copyText,
      showRules: (workload) => failures.guard(() => showRules(workload, documents)),
      switchMode: (workload, mode) => failures.guard(() => switcher.switch(workload, mode)),
      history,
      compare: (workload, from, to) => failures.guard(() => comparer.moments(workload, from, to)),
      compareWorkload: (workload) => failures.guard(() => comparer.withOther(workload)),
      compareModes: (workload) => failures.guard(() => comparer.modes(workload)),
      exportSnapshot: (workload) => failures.guard(() => exportAndOffer(workload, inspectors)),
      policy: async (workload) => policies.observed(workload),
      previewSwitch: (workload, mode) => failures.guard(() => previewer.preview(workload, mode)),
    }),
  );
  own(snapshotCommands(registry, inspectors, failures));
  const filter = own(new TreeFilter());
  own(new NodesTree(registry, saved, filter, own(new ListFollower(registry, kind, log, turns.list))));
  own(
    rollOutCommands({ extensionUri: context.extensionUri, registry, settings, switcher, verify, failures }),
  );
  own(treeCommands(registry, filter, kind, failures));
  own(new StatusBar(registry, inspectors));
  own(new ContextKeys(registry, kind));
  own(new SettingProblems(settings));
  own(nodeCommands(registry, settings, failures));
  const accelerator = new Accelerator({ objectsDirectory, policies });
  own(accelerationCommands({ registry, accelerator, failures }));
  own(workloadCommands({ registry, switcher, previewer, comparer, saved, inspectors, failures }));
  own(logCommands(log, failures));
  own(terminalCommands(registry, log.ran, failures));
  own(secretCommands(secrets, keys, failures));
  own(verifyCommands(registry, own(new VerifyTests(registry, verify)), documents, failures));
  own(residueCommands(registry, new ResidueCleaner(policies, documents), failures));
  own(checkCommands(registry, documents, objectsDirectory, failures));
  own(new PolicyCommands(registry, policies, documents, failures));
  own(observeUnderNewPolicy(policies, registry));
  own(new PolicyDiagnostics());
  own(new PolicyLanguage());
  own(rulesCommands(registry, documents, failures));
  own(new RulesDiagnostics());
}
