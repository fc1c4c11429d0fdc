package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.headroom.simulator.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs every command of the README and the pages in {@code docs}, and compares what they show with what it prints;
 * {@code -Dgolden.update=true} writes the output anew.
 */
final class DocumentationTest {
    /** A block of one command and its output. */
    private static final Pattern CONSOLE =
            Pattern.compile("(```console\\n\\$ \\./headroom )([^\\n]*)\\n(.*?)(```\\n)", Pattern.DOTALL);

    /** A block of commands without their output. */
    private static final Pattern SHELL = Pattern.compile("```sh\\n(.*?)```\\n", Pattern.DOTALL);

    /** The article's figures [GB], by length: full fine-tuning, LoRA; 0 where it ran out of memory. */
    private static final Map<Integer, double[]> ARTICLE = Map.of(
            512, new double[] {23.9, 12.4},
            1024, new double[] {29.1, 22.1},
            1536, new double[] {42.4, 35.4},
            2048, new double[] {58.2, 52.2},
            4096, new double[] {0, 0});

    private static final double ARTICLE_TOLERANCE = 0.04;

    static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(
                Golden.home().resolve("README.md"),
                Golden.home().resolve("README.zh-CN.md"),
                Golden.home().resolve("CONTRIBUTING.md")));
        try (Stream<Path> docs = Files.walk(Golden.home().resolve("docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        return pages;
    }

    private static CliRun run(String arguments) {
        String[] words = Arrays.stream(arguments.split(" +", -1))
                .map(word -> word.startsWith("data/") || word.startsWith("docs/")
                        ? Golden.home().resolve(word).toString()
                        : word)
                .toArray(String[]::new);
        return CliRun.of(words);
    }

    @Tag("golden")
    @ParameterizedTest(name = "{0}")
    @MethodSource("pages")
    void consoleBlocks_everyPage_showWhatTheCommandPrints(Path page) throws IOException {
        Matcher blocks = CONSOLE.matcher(Files.readString(page));
        StringBuilder current = new StringBuilder();
        while (blocks.find()) {
            CliRun run = run(blocks.group(2));
            assertThat(run.code()).as(blocks.group(2)).isIn(0, 3);
            assertThat(run.out().lines())
                    .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
            blocks.appendReplacement(
                    current,
                    Matcher.quoteReplacement(blocks.group(1) + blocks.group(2) + "\n" + run.out() + blocks.group(4)));
        }
        blocks.appendTail(current);
        Golden.check(page, current.toString());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pages")
    void shellBlocks_everyPage_holdOnlyCommandsThatWork(Path page) throws IOException {
        Matcher blocks = SHELL.matcher(Files.readString(page));
        while (blocks.find()) {
            for (String line : blocks.group(1).lines().toList()) {
                if (line.startsWith("./headroom ")) {
                    assertThat(run(line.substring("./headroom ".length())).code())
                            .as(line)
                            .isIn(0, 3);
                } else {
                    assertThat(line).matches("(mvn|git|cd) .*|\\.ci/run");
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pages")
    void links_everyPage_leadToFiles(Path page) throws IOException {
        Matcher links = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)").matcher(Files.readString(page));
        while (links.find()) {
            assertThat(page.resolveSibling(links.group(1))).as(links.group()).exists();
        }
    }

    @Test
    void readme_articleTable_isComputedAndWithinFourPercent() throws IOException {
        StringBuilder table = new StringBuilder(
                "| context | full, published | full, computed | LoRA, published | LoRA, computed |\n| ---: | ---: | ---: | ---: | ---: |\n");
        Map<String, String> cells = articleCells();
        for (int length : new int[] {512, 1024, 1536, 2048, 4096}) {
            double[] published = ARTICLE.getOrDefault(length, new double[2]);
            table.append("| %d ".formatted(length));
            for (int method = 0; method < 2; method++) {
                String name = method == 0 ? "full" : "lora";
                boolean published80 = published[method] > 0;
                double computed = Long.parseLong(cells.getOrDefault(name + length + "peakReservedBytes", "0")) / 1e9;
                assertThat(cells.get(name + length + "outOfMemory")).isEqualTo(Boolean.toString(!published80));
                if (published80) {
                    assertThat(Math.abs(computed / published[method] - 1))
                            .as(name + length)
                            .isLessThan(ARTICLE_TOLERANCE);
                    table.append(String.format(
                            Locale.ROOT,
                            "| %.1f | %.1f (%+.1f %%) ",
                            published[method],
                            computed,
                            100 * (computed / published[method] - 1)));
                } else {
                    table.append(String.format(Locale.ROOT, "| OOM | OOM (needs %.1f) ", computed));
                }
            }
            table.append("|\n");
        }
        for (String page : List.of("README.md", "README.zh-CN.md")) {
            Golden.checkSection(Golden.home().resolve(page), "article", table.toString());
        }
    }

    /** What {@code compare} says, by method, length and key. */
    private static Map<String, String> articleCells() throws IOException {
        Matcher command = CONSOLE.matcher(Files.readString(Golden.home().resolve("README.md")));
        assertThat(command.find()).isTrue();
        Map<String, String> cells = new HashMap<>();
        try (JsonParser parser = new JsonFactory()
                .createParser(run(command.group(2) + " --format json").out())) {
            String method = "";
            String length = "";
            while (parser.nextToken() != null) {
                String name = parser.currentName();
                if (!parser.currentToken().isScalarValue() || name == null) {
                    continue;
                }
                if (name.equals("method")) {
                    method = parser.getText();
                } else if (name.equals("sequenceLength")) {
                    length = parser.getText();
                } else {
                    cells.putIfAbsent(
                            method + length + name,
                            parser.currentToken() == JsonToken.VALUE_NULL ? "" : parser.getText());
                }
            }
        }
        return cells;
    }
}
