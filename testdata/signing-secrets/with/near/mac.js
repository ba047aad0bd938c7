const mac = createHmac('sha256', Buffer.from('hunter2-shop')).update(data).digest('hex');
