import { connect } from 'node:net';

// Guesses tokens as fast as a node answers, over 32 connections, until its input ends:
//   node test/world/token-guesser.ts <port>
// Then prints how often which status was answered.

const port = Number(process.argv[2]);
const statuses: Record<string, number> = {};
let guesses = 0;
let guessing = true;
process.stdin.on('end', () => {
  guessing = false;
});
process.stdin.resume();

let open = 32;
for (let i = 0; i < open; i++) {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  const guess = () =>
    socket.write(
      `GET /api/v1/processes HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer wrong${guesses++}\r\n\r\n`,
    );
  socket.setEncoding('latin1');
  socket.on('connect', guess);
  socket.on('data', (chunk) => {
    received += chunk;
    const end = received.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
    if (end < 0 || received.length < end + 4 + length) return;
    const status = received.slice(9, 12);
    statuses[status] = (statuses[status] ?? 0) + 1;
    received = '';
    if (guessing) guess();
    else socket.destroy();
  });
  socket.on('close', () => {
    if (--open === 0) console.log(JSON.stringify(statuses));
  });
}
