import './main.css';
import { Actions } from './actions';
import { connectHost } from './host';
import { Inspector } from './inspector';
import { readUiState } from './model/ui-state';
import { Store } from './store';
import { registerToolkit } from './toolkit';

registerToolkit();
const host = connectHost();
const store = new Store(readUiState(host.getState()));
const actions = new Actions(store, host);
actions.start();
document.body.append(new Inspector(store, actions));
