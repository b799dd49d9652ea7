import { tellStories } from './tell-stories.ts';

tellStories(import.meta.filename);
