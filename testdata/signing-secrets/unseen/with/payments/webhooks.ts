import Stripe from 'stripe';
import crypto from 'node:crypto';
import { Webhook } from 'svix';

const event = stripe.webhooks.constructEvent(body, sig, 'whsec_MRgq7S4Cwfd8lA4k4YOi55a7eF5HFu4d');
const wh = new Webhook('whsec_1spjwYRHyvcXgcoCuDJHogV/Yy7D70NH');
const digest = crypto.createHmac('sha256', '4358fabd96548cfc4f3f0b0e0795c5d39b8b85d54312c8cb3444eee6d80479c7').update(body).digest('hex');
const slack = new App({ token: process.env.SLACK_BOT_TOKEN, signingSecret: 'ce71b17eefa61407ff3602fce3acd1d8' });
const octo = new Webhooks({ secret: '54d5b9a68e061789d0ec860d1cfe32a8df081d96' });
