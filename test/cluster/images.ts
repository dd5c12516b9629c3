/** An image that was never built, as the pipeline would promote it: the tag and digest differ for each number. */
export function image(number: number): string {
  const digit = number.toString(16).slice(-1);
  const tag = `${digit.repeat(7)}-${number}`;
  return `000000000000.dkr.ecr.us-east-1.amazonaws.com/e-ren:${tag}@sha256:${digit.repeat(64)}`;
}
