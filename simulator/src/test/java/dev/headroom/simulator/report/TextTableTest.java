package dev.headroom.simulator.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Tables of plain text are aligned, and fit the page. */
final class TextTableTest {
    @Test
    void plain_columnsWithinTheWidth_areOneBlock() {
        assertThat(new TextTable("length", "full", "lora")
                        .row("512", "24.13", "12.0")
                        .plain())
                .isEqualTo("""
                length   full  lora
                ------  -----  ----
                512     24.13  12.0
                """);
    }

    @Test
    void plain_moreColumnsThanFit_goOnBelowAfterTheFirstColumn() {
        String wide = "x".repeat(34);

        assertThat(new TextTable("length", wide, wide, "lora")
                        .row("512", "1", "2", "3")
                        .plain())
                .isEqualTo("""
                        length  %1$s  %1$s
                        ------  %2$s  %2$s
                        512     %3$s1  %3$s2

                        length  lora
                        ------  ----
                        512        3
                        """.formatted(wide, "-".repeat(34), " ".repeat(33)));
    }

    @Test
    void plain_columnWiderThanThePage_isKeptWhole() {
        String wide = "x".repeat(100);

        assertThat(new TextTable("a", wide).row("1", "2").plain()).startsWith("a  " + wide + "\n");
    }
}
