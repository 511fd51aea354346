import ArgumentParser
import Dispatch
import Foundation
import Jobs
import Link
import Logging
import Specification
import Support
import TLSLink

/// `colonnade-party serve`: takes part in jobs until it is told to stop.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take part in jobs until told to stop (SIGTERM or Ctrl-C).")

    @Argument(help: "Your party.yaml.")
    var file: String

    @Flag(help: "Stop after one job; the exit code says how it ended.")
    var once = false

    @Flag(help: "Log warnings and errors only.")
    var quiet = false

    @Flag(help: "Keep full transcripts and private views, whatever your party.yaml says: for your own auditor.")
    var audit = false

    @Flag(help: "Besides, record the seed of all randomness. INSECURE: on test data only.")
    var insecureReplay = false

    @Option(
        help: ArgumentHelp(
            "Reach a partner at another address than your partners.yaml says, this time.",
            valueName: "partner=host:port"))
    var reach: [Detour] = []

    /// Where a partner is reached instead; who it is, its pinned certificate says as ever.
    struct Detour: ExpressibleByArgument {
        let partner: Party
        let address: Address

        init?(argument: String) {
            let parts = argument.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let partner = try? Party(String(parts[0])), let address = Address(String(parts[1]))
            else { return nil }
            (self.partner, self.address) = (partner, address)
        }
    }

    func run() throws {
        // A partner or a disk that is gone is an error of one call, never the end of the process.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        try exiting {
            var file = try rerouted(PartyFile(path: file))
            if audit || insecureReplay { file = file.audited(insecurely: insecureReplay) }
            let logFile = try file.log.map { try RotatingFile($0) }
            let logger = makeLogger(file.name.name, quiet: quiet, to: logFile)
            if let warning = file.privateView.warning { logger.warning("\(warning)") }
            let credentials = try Credentials(file, passphrase: .environmentOrTerminal)
            var pins = credentials.partners
            pins[try Party(PartnerList.coordinatorName)] = credentials.coordinator
            if credentials.coordinator.isEmpty {
                logger.warning(
                    "no coordinator pinned: nobody can start a job here (colonnade-party trust --coordinator)")
            }
            let endpoint = try TLSEndpoint(identity: credentials.identity, party: file.name, pins: pins) {
                logger.warning("turned away: \($0)")
            }
            let service = try PartyService(
                file: file, credentials: credentials, connector: TLSConnector(endpoint, partners: file.partners),
                endsAfterOneJob: once,
                rankProgram: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            ) { logger.info("\($0)") }
            try serve(service, on: endpoint, logger)
            // At the start and once a day.
            let upkeep = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "upkeep"))
            upkeep.schedule(deadline: .now(), repeating: .seconds(86_400), leeway: .seconds(60))
            upkeep.setEventHandler { service.tidy() }
            upkeep.resume()
            defer { upkeep.cancel() }
            let port = try endpoint.listen(host: file.listen.host, port: file.listen.port)
            logger.info("listening at \(file.listen.host):\(port)")
            let expiries = DispatchSource.makeTimerSource(queue: .global())
            expiries.schedule(deadline: .now(), repeating: .seconds(86_400))
            expiries.setEventHandler {
                for sentence in credentials.expiries(renewing: "colonnade-party", at: Int(time(nil))) {
                    logger.warning("\(sentence)")
                }
            }
            expiries.resume()
            defer { expiries.cancel() }

            let stopped = DispatchSemaphore(value: 0)
            var signals = [SIGTERM, SIGINT].map { handle($0) { stopped.signal() } }
            // Who moves logs away says so by this signal; without a file it means that the terminal is gone, and ends the process.
            if let logFile { signals.append(handle(SIGHUP) { logFile.reopen() }) }
            defer { signals.forEach { $0.cancel() } }
            if once {
                DispatchQueue.global().async {
                    _ = service.waitForOutcome()
                    stopped.signal()
                }
            }
            stopped.wait()
            service.stop()
            endpoint.stop()
            logger.info("stopped")
            var status = ExitStatus.done
            if once, case .failed(let failure)? = service.outcome { status = ExitStatus(failure) }
            leave(status)
        }
    }

    private func handle(_ number: Int32, _ body: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler(handler: body)
        source.resume()
        return source
    }

    private func rerouted(_ file: PartyFile) throws -> PartyFile {
        var file = file
        for detour in reach {
            guard file.partners.partners[detour.partner] != nil else {
                throw ValidationError("--reach: \(detour.partner) is no partner of \(file.name) in partners.yaml")
            }
            file.partners.partners[detour.partner]?.address = detour.address
        }
        return file
    }

    private func serve(_ service: PartyService, on endpoint: TLSEndpoint, _ logger: Logger) throws {
        let coordinator = try Party(PartnerList.coordinatorName)
        try endpoint.serve(purpose: "control") { link in
            guard link.peer == coordinator else {
                logger.warning("\(link.peer) is no coordinator; its order was not heard")
                link.close()
                return
            }
            service.serve(link)
        }
        // Partners may find out whether they reach this party; nothing is said.
        try endpoint.serve(purpose: PartyService.probePurpose) { $0.close() }
    }
}
