package dev.headroom.simulator.cli;

import dev.headroom.simulator.calibration.Calibration;
import dev.headroom.simulator.calibration.Calibrator;
import dev.headroom.simulator.measured.MeasuredFiles;
import dev.headroom.simulator.report.CalibrationReport;
import dev.headroom.simulator.report.CalibrationYaml;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code headroom calibrate}: fits what processes hold beside their tensors to a user's records. */
final class CalibrateCommand extends ReportCommand {
    private final InputStream standardInput;

    CalibrateCommand(InputStream standardInput) {
        super(
                "calibrate",
                "Fits what no rule gives to measured runs, card by card: what a process holds beside its tensors (CUDA context, loaded kernels, the driver's pages). A quarter of the records is held out, and says how far off the fit is.",
                "  headroom calibrate data/measured/pytorch-h200.jsonl",
                "  headroom calibrate runs.jsonl -o my-card.yaml",
                "  headroom estimate job.yaml --gpu h200 --calibration my-card.yaml");
        this.standardInput = standardInput;
        exitCodes(
                spec(),
                "0:done",
                "2:wrong usage or input; too few records, or records that contradict each other: then nothing is written");
        spec().addPositional(PositionalParamSpec.builder()
                .arity("1..*")
                .required(true)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("RECORDS")
                .description("Records of runs (.jsonl), directories of them, or - for stdin.")
                .build());
        addOutputOptions(
                spec(), "table, json, csv or markdown", "Where to write the calibration, for --calibration (YAML).");
    }

    @Override
    public Integer call() throws IOException {
        checkOutputOptions();
        Calibration calibration = Calibrator.calibrate(MeasuredFiles.read(arguments(), standardInput));
        file().ifPresent(name -> write(CalibrationYaml.of(calibration).getBytes(StandardCharsets.UTF_8)));
        showOnStdout(new CalibrationReport(calibration, file()));
        return 0;
    }
}
