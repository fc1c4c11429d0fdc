package dev.headroom.simulator.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headroom.simulator.Golden;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The page in a real Chromium. On a machine without one these tests are left out; {@code .ci/run} installs it. Pictures of
 * the page are left in {@code simulator/target/screenshots}.
 */
@Tag("browser")
final class PageTest {
    private static final String JOB = "?model=tinyllama-1.1b&gpu=rtx-4090&seq=1024";
    private static final String READY = "!!document.querySelector('#verdict.good, #verdict.bad, #verdict.none')"
            + " && document.querySelectorAll('#stacks path.area').length > 0"
            + " && document.querySelectorAll('#timeline path.area').length > 0"
            + " && document.querySelectorAll('#table tr').length > 3"
            + " && document.querySelectorAll('#advice tr').length > 1";

    private static final int FEW_MOVES = 5;

    /** How often a slider moves; {@code -Dheadroom.moves} is for measuring, as the server warms up. */
    private static final int MOVES = Integer.getInteger("headroom.moves", FEW_MOVES);

    private static Optional<Chromium> chromium = Optional.empty();
    private static Optional<WebServer> server = Optional.empty();

    @BeforeAll
    static void start() throws Exception {
        Optional<Path> program = Chromium.program();
        assumeTrue(program.isPresent(), "no Chromium on the PATH; apt install chromium");
        server = Optional.of(WebServer.start(WebServer.Settings.of("127.0.0.1", 0, bug -> {})));
        if (MOVES > FEW_MOVES) {
            server.get().warmUp(); // as headroom serve does
        }
        chromium = Optional.of(Chromium.start(program.get()));
    }

    @AfterAll
    static void stop() throws Exception {
        if (chromium.isPresent()) {
            chromium.get().close();
        }
        server.ifPresent(WebServer::close);
    }

    @BeforeEach
    void forget() {
        browser().complaints().clear();
    }

    @AfterEach
    void nothingWentWrong() {
        assertThat(browser().complaints()).isEmpty();
    }

    private static Chromium browser() {
        return chromium.orElseThrow();
    }

    private static void open(String question, int width, boolean dark) throws Exception {
        browser()
                .open(
                        URI.create("http://127.0.0.1:%d/%s"
                                .formatted(server.orElseThrow().address().getPort(), question)),
                        width,
                        dark);
        browser().await("document.readyState === 'complete' && " + READY);
    }

    private static String text(String selector) throws Exception {
        return browser().evaluate("document.querySelector('" + selector + "').textContent");
    }

    /** Gives a control another value, as a user does. */
    private static void set(String selector, String value, String event) throws Exception {
        browser()
                .evaluate("(() => { const it = document.querySelector('" + selector + "'); it.value = '" + value
                        + "'; it.dispatchEvent(new Event('" + event + "', {bubbles: true})); return 1; })()");
    }

    @ParameterizedTest(name = "{0} pixels, dark: {1}")
    @CsvSource({"1440, false", "1440, true", "390, false", "390, true"})
    void page_everyWidthAndTheme_fitsAndIsPainted(int width, boolean dark) throws Exception {
        open(JOB + "&with=full,dora", width, dark);

        assertThat(browser().evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .isEqualTo("true");
        assertThat(browser().evaluate("getComputedStyle(document.body).backgroundColor"))
                .isEqualTo(dark ? "rgb(20, 23, 28)" : "rgb(255, 255, 255)");
        assertThat(text("#verdict")).startsWith("Fits, ");
        assertThat(browser().evaluate("document.querySelectorAll('#stacks figure').length"))
                .isEqualTo("3");
        browser()
                .screenshot(Golden.home()
                        .resolve("simulator/target/screenshots/page-%d-%s.png"
                                .formatted(width, dark ? "dark" : "light")));
    }

    @Test
    void length_moved_changesVerdictAddressAndCommand() throws Exception {
        open(JOB, 1440, false);
        String before = text("#needs");

        set("#seq", "40", "input");
        browser().await("document.querySelector('#needs').textContent !== " + quoted(before));

        browser().await("location.search.includes('seq=4096')");
        assertThat(text("#command")).isEqualTo("headroom estimate --model tinyllama-1.1b --seq 4096 --gpu rtx-4090");
    }

    /** What a user waits for while a slider moves; how long it takes is left beside the pictures, for the docs. */
    @ParameterizedTest
    @CsvSource({"seq, 1100, 70", "batch, 2, 1", "rank, 9, 1"})
    void slider_moved_everyAnswerFollows(String slider, int first, int step) throws Exception {
        StringBuilder latencies = new StringBuilder();
        for (String job : List.of(
                "?model=llama-3.1-8b&gpu=h100-80gb&seq=1024&with=full",
                "?model=llama-3.1-8b&gpu=rtx-4090&seq=1024&with=full",
                "?model=llama-3.1-8b&method=full&gpu=h100-80gb&seq=1024&checkpointing=non-reentrant")) {
            open(job, 1440, false);
            browser().await("document.documentElement.dataset.latency !== undefined");
            if (browser()
                    .evaluate("document.querySelector('#%s').closest('[hidden]') !== null".formatted(slider))
                    .equals("true")) {
                continue; // Full fine-tuning has no rank.
            }
            latencies.append(job).append('\n');
            for (int move = 0; move < MOVES; move++) {
                set(
                        "#" + slider + "-number",
                        Integer.toString(first + step * move),
                        "input"); // each asked for the first time
                browser().await("document.documentElement.dataset.latency !== undefined");
                latencies
                        .append(browser().evaluate("document.documentElement.dataset.answered"))
                        .append('\n');
                assertThat(browser().evaluate("document.querySelector('#answer').classList.contains('stale')"))
                        .isEqualTo("false");
            }
        }
        Files.writeString(Golden.home().resolve("simulator/target/page-latency-%s.txt".formatted(slider)), latencies);
    }

    @Test
    void slider_atRest_theNextStepIsAskedAhead() throws Exception {
        open(JOB, 1440, false);
        String asked = "performance.getEntriesByType('resource').filter(one => one.name.endsWith('/advise')).length";
        browser().await("document.documentElement.dataset.latency !== undefined");
        assertThat(browser().evaluate(asked)).isEqualTo("2"); // by formulas and by replay

        set("#batch-number", "2", "input");

        browser().await(asked + " === 5");
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "\\'") + "'";
    }

    @Test
    void address_ofAState_restoresIt() throws Exception {
        open(JOB + "&method=dora&rank=64&batch=2&with=lora&checkpointing=non-reentrant", 1440, false);

        assertThat(browser().evaluate("document.querySelector('#rank-number').value"))
                .isEqualTo("64");
        assertThat(browser().evaluate("document.querySelector('#method').value"))
                .isEqualTo("dora");
        assertThat(text("#command"))
                .isEqualTo("headroom estimate --model tinyllama-1.1b --method dora --rank 64 --seq 1024 --batch 2"
                        + " --checkpointing non-reentrant --gpu rtx-4090");
        assertThat(browser().evaluate("document.querySelectorAll('#stacks figure').length"))
                .isEqualTo("2");
    }

    @Test
    void method_withoutRank_hidesTheSlider() throws Exception {
        open(JOB, 1440, false);

        set("#method", "full", "change");

        browser().await("document.querySelector('#rank-field').hidden");
        browser().await("document.querySelector('#stacks figcaption').textContent === 'full'");
    }

    @Test
    void missingRule_isNamedAndThePageGoesOn() throws Exception {
        open(JOB, 1440, false);

        browser().evaluate("(document.querySelector('#more').open = true)");
        set("#setting-quantization-kind", "gptq4", "change");
        browser().await("!document.querySelector('#message').hidden");
        assertThat(text("#message")).contains("no rule");
        browser().complaints().clear(); // The browser logs the refusal.

        set("#setting-quantization-kind", "none", "change");
        browser()
                .await("document.querySelector('#message').hidden && document.querySelector('#verdict.good') !== null");
    }

    @Test
    void keyboard_tabAndArrows_reachAndMoveTheLength() throws Exception {
        open(JOB, 1440, false);
        browser().press("Tab");
        assertThat(browser().evaluate("document.activeElement.className")).isEqualTo("skip");

        for (int i = 0;
                i < 40 && !browser().evaluate("document.activeElement.id").equals("seq");
                i++) {
            browser().press("Tab");
        }
        browser().press("ArrowRight");

        browser().await("location.search.includes('seq=1088')");
    }

    @Test
    void row_opened_showsFormulasAndRules() throws Exception {
        open(JOB, 1440, false);

        browser().evaluate("document.querySelector('[data-row=savedActivations] button').click()");

        browser().await("document.querySelectorAll('tr.leaf').length > 3");
        assertThat(text("tr.leaf .formula")).contains("b·s");
        assertThat(text("tr.leaf small")).contains("PyTorch");
    }

    @Test
    void theme_chosen_winsOverTheSystems() throws Exception {
        open(JOB, 1440, true);

        browser().evaluate("document.querySelector('#theme').click()");

        assertThat(browser().evaluate("getComputedStyle(document.body).backgroundColor"))
                .isEqualTo("rgb(255, 255, 255)");
        browser().evaluate("localStorage.clear()");
    }

    @Test
    void everyControl_hasAName() throws Exception {
        open(JOB, 1440, false);

        assertThat(
                        browser()
                                .evaluate(
                                        "[...document.querySelectorAll('input, select, button')].filter(one =>"
                                                + " !one.labels?.length && !one.getAttribute('aria-label') && !one.textContent.trim()).length"))
                .isEqualTo("0");
        assertThat(browser()
                        .evaluate("[...document.querySelectorAll('svg[role=img]')].filter(one =>"
                                + " !one.getAttribute('aria-label')).length"))
                .isEqualTo("0");
    }
}
