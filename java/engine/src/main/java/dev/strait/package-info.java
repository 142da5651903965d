/** What all parts of the engine share: outcomes, and the exceptions of failed calls. */
package dev.strait;
