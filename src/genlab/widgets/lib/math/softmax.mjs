/** Logits to shares that sum to 1. @param {ArrayLike<number>} logits @returns {number[]} */
export function softmax(logits) {
  const values = Array.from(logits);
  const highest = Math.max(...values);
  const parts = values.map((logit) => Math.exp(logit - highest));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => part / sum);
}
