package dev.headroom.simulator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headroom.simulator.Golden;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xml.sax.InputSource;

/** Charts and the report from the command line. */
final class ChartCommandsTest {
    private static final String JOB = "--model tinyllama-1.1b --layers 2 --weights fp32 --attention eager --batch 2"
            + " --rank 64 --dropout 0.1 --loop holds-outputs --gpu a100-80gb";
    private static final Pattern OUTSIDE = Pattern.compile("(?:src|href)=|url\\(|@import|<script");

    @TempDir
    private Path directory;

    private static CliRun run(String command) {
        CliRun run = CliRun.of(command.split(" ", -1));
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        return run;
    }

    private static void assertWellFormed(String xml) {
        try {
            DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
        } catch (Exception e) {
            throw new AssertionError(xml, e);
        }
    }

    @Tag("golden")
    @ParameterizedTest(name = "{0}")
    @CsvSource({"methods, --seqs 512..4096..512", "categories, --seqs 512..4096..512", "timeline, --seq 512"})
    void chart_everyKindOfAJob_isTheGoldenDrawing(String kind, String lengths) {
        String svg = run("chart " + kind + " " + JOB + " " + lengths).out();

        assertWellFormed(svg);
        Golden.check(Golden.besideTests("cli/chart-" + kind + ".svg"), svg);
    }

    @Test
    void chart_errors_saysHowManyAreExact() {
        String runs =
                Golden.home().resolve("data/measured/pytorch-h100-random.jsonl").toString();

        String svg = run("chart error " + runs).out();

        assertWellFormed(svg);
        assertThat(svg).contains("allocated, ").contains("% exact");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"light", "dark"})
    void chart_png_isAPictureOfTwiceTheSize(String theme) throws IOException {
        Path file = directory.resolve("chart.png");
        run("chart timeline " + JOB + " --seq 128 --size 640x400 --theme " + theme + " -o " + file);

        BufferedImage image = ImageIO.read(file.toFile());

        assertThat(image.getWidth()).isEqualTo(1280);
        assertThat(image.getHeight()).isEqualTo(800);
        assertThat(image.getRGB(1, 1) & 0xFFFFFF).isEqualTo(theme.equals("dark") ? 0x14171C : 0xFFFFFF);
    }

    @Test
    void chart_csv_hasTheNumbersOfTheDrawing() throws IOException {
        Path file = directory.resolve("chart.csv");
        run("chart methods " + JOB + " --seqs 128,256 -o " + file);

        assertThat(Files.readString(file).lines())
                .hasSize(5)
                .first()
                .isEqualTo("sequenceLength,method,processBytes,outOfMemory");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "chart pie --model tinyllama-1.1b --seq 64, Allowed: methods",
        "chart methods --model tinyllama-1.1b, at which sequence lengths",
        "chart methods --model tinyllama-1.1b --seq 64 --size 10x10, from 320 to 8192",
        "chart methods --model tinyllama-1.1b --seq 64 --layers 2 -o chart.gif, ends in .svg",
        "chart error, which measured runs",
        "chart timeline --model tinylama-1.1b --seq 64, Maybe 'tinyllama-1.1b'?",
    })
    void chart_wrongInput_saysWhatIsAllowed(String command, String message) {
        CliRun run = CliRun.of(command.split(" ", -1));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(message).doesNotContain("\tat ");
    }

    @Test
    void report_job_isOneFileThatNeedsNothingElse() throws IOException {
        Path file = directory.resolve("report.html");
        run("report " + JOB + " --seq 512 -o " + file);
        String html = Files.readString(file);

        assertThat(OUTSIDE.matcher(html).find()).isFalse();
        assertThat(html)
                .contains("FITS a100-80gb: needs ")
                .contains("Memory by method over context length")
                .contains("Where the memory goes over context length")
                .contains("Memory over the course of step 2")
                .contains("<h2>Assumptions</h2>")
                .contains("headroom report --model tinyllama-1.1b --layers 2");
        assertWellFormed(html.replaceFirst("<!DOCTYPE html>", "").replaceAll("<meta ([^>]*)>", "<meta $1/>"));
    }

    @Test
    void report_hostileName_isEscaped() {
        CliRun run = CliRun.withInput("model: '<script>alert(1)</script>'\nsequenceLength: 64\n", "report", "-");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
    }
}
