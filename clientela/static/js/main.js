// Everything the pages run, in small modules. Each works without the others, and the pages without any.

import "./menu.js";
import "./find.js";
import "./toast.js";
import "./timer.js";
import "./draft.js";
import "./unsent.js";
import "./points.js";
import "./print.js";
import "./paper.js";
