// A shop in Node: an authorization expires when the clock is advanced.
import assert from 'node:assert/strict';

const url = process.argv[2];
const headers = {
  Authorization: 'Basic ' + Buffer.from('100101481:not-a-secret').toString('base64'),
  'Content-Type': 'application/json',
  Accept: 'application/json',
};

async function call(method, path, body) {
  const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

const order = await call('POST', '/v2/checkouts', {
  amount: { amount: '30.00', currency: 'USD' },
  consumer: { email: 'ann@example.com' },
  merchant: { redirectConfirmUrl: 'https://shop.example/y', redirectCancelUrl: 'https://shop.example/n' },
});
assert.equal(order.status, 201);
await call('POST', '/_sandbox/approve', { token: order.body.token });
const payment = await call('POST', '/v2/payments/auth', { requestId: 'node-1', token: order.body.token });
assert.equal(payment.body.status, 'APPROVED');

await call('POST', '/_sandbox/advance', { seconds: 14 * 86400 });
const late = await call('POST', `/v2/payments/${payment.body.id}/capture`, {
  requestId: 'node-2', amount: { amount: '30.00', currency: 'USD' },
});
assert.equal(late.status, 412);
console.log('Node: an expired authorization is not captured');
