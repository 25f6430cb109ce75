import './board.css';
import type { FromBoard, ToBoard } from '../../src/protocol/board';
import { connectHost } from '../host';
import { registerToolkit } from '../toolkit';
import { BoardView } from './board';

registerToolkit();
const host = connectHost<FromBoard, ToBoard>();
const view = new BoardView((message) => {
  host.post(message);
});
host.onMessage(({ board }) => {
  view.board = board;
  view.requestUpdate();
});
document.body.append(view);
host.post({ type: 'ready' });
