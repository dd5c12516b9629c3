import { production } from './production';
import { staging } from './staging';

export const environments: readonly unknown[] = [production, staging];
