import "./page.js";
import "./upload.js";
