import "./page.js";
import "./upload.js";
import "./passkey.js";
import "./review.js";
