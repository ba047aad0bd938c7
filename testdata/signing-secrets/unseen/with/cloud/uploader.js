const s3 = new AWS.S3({
  accessKeyId: 'AKIAY7QGKX4HNPLVJ3WC',
  secretAccessKey: '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',
  region: 'ap-northeast-2',
});
const gcs = { access_id: 'GOOG1ELOUBCLQDNLA1SFRNTYNFPJDUFU4Y2TRQEJJV5MZVBKHSRFENZI2CCQT', secret: '5St6bsLx7xv9BBS/BdhrJ3Z1r6rF/ZuTQmUSx5yo' };
