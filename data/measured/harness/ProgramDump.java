package dev.headroom.simulator.measured;

import dev.headroom.model.MemoryModel;
import dev.headroom.model.program.StepProgram;
import dev.headroom.model.program.TensorOrigin;
import dev.headroom.model.pytorch.training.PyTorchRecorder;
import dev.headroom.model.quantity.Bytes;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes the recorded program of each record of a file to DIRECTORY/ID.program, in the form of trace.py. */
public final class ProgramDump {
    public static void main(String[] args) throws IOException {
        for (MeasuredRun run : MeasuredFiles.read(List.of(args[0]), System.in)) {
            Path file = Path.of(args[1], run.id() + ".program");
            Reconciler.with(job -> {
                        write(PyTorchRecorder.record(job), file);
                        return MemoryModel.standard().estimate(job, Bytes.ZERO);
                    })
                    .reconcile(List.of(run), Selection.ALL)
                    .rows()
                    .forEach(row -> System.out.println(row.run().id() + " " + row.status() + " " + row.message()));
        }
    }

    private static void write(StepProgram program, Path file) {
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
            StepProgram.Span last = null;
            for (int i = 0; i < program.eventCount(); i++) {
                StepProgram.Span span = program.spanOf(i);
                if (span != last) {
                    out.println("== step " + span.step() + " " + span.phase());
                    last = span;
                }
                int event = program.event(i);
                if (event < 0 || program.requestedBytes(event >> 1) == 0) {
                    continue;
                }
                int tensor = event >> 1;
                TensorOrigin origin = program.origin(tensor);
                out.println((event & 1) == 0
                        ? "+ %d #%d %s | %s %s %s".formatted(program.requestedBytes(tensor), tensor, origin.operation(),
                                origin.module(), origin.shape(), origin.dtype())
                        : "- %d #%d".formatted(program.requestedBytes(tensor), tensor));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
