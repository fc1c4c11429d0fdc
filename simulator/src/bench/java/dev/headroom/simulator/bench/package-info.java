/** How long predictions take ({@code mvn -Pbench}). Not part of the product; figures are in docs/performance.md. */
package dev.headroom.simulator.bench;
