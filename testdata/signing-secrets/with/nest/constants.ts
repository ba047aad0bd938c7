export const jwtConstants = {
  secret: 'r4bpfFdyQbwcpAoQOzm1HQtDCcQR8XYr',
};
