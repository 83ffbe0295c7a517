//! Members that are set up as their operators would: by the program, in temporary folders, on free ports.
use amanat::ports::Ports;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Passphrase of every member here.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// The program, with nothing of this machine's environment that it would look at, and nobody at the terminal.
pub fn amanat() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amanat"));
    command
        .env_remove("AMANAT_PASSPHRASE")
        .env_remove("AMANAT_NEW_PASSPHRASE")
        .stdin(Stdio::null());
    command
}

/// Runs it with arguments separated by spaces; exit status, standard output, standard error.
pub fn run(folder: &Path, line: &str) -> (i32, String, String) {
    let output = amanat().args(line.split(' ')).current_dir(folder).output();
    told(output.expect("runs"))
}

/// What a finished run told.
pub fn told(output: Output) -> (i32, String, String) {
    (
        output.status.code().expect("an exit status"),
        String::from_utf8(output.stdout).expect("UTF-8"),
        String::from_utf8(output.stderr).expect("UTF-8"),
    )
}

/// Addresses of one member: node, api, custodian, vault, door.
pub type Places = [SocketAddr; 5];

/// Arguments of `amanat init` for member `number` in `m{number}`; the passphrase is in the file `passphrase`.
pub fn init_line(number: usize, places: &Places) -> String {
    let [listen, api, custodian, vault, door] = places;
    format!(
        "init --dir m{number} --member {number} --name Member-{number} --kind hospital --listen {listen} --api {api} \
         --custodian {custodian} --vault {vault} --door {door} --passphrase-file passphrase"
    )
}

/// Members, four unless it is said, whose operators have exchanged their files and founded a network.
pub struct Network {
    folder: tempfile::TempDir,
    pub places: Vec<Places>,
    ports: RefCell<Vec<Ports>>,
}

impl Network {
    /// Four members without a genesis.
    pub fn members() -> Self {
        Self::so_many(4)
    }

    fn so_many(count: usize) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("folder");
        let passphrase = folder.path().join("passphrase");
        std::fs::write(&passphrase, format!("{PASSPHRASE}\n")).expect("writes");
        std::fs::set_permissions(&passphrase, std::fs::Permissions::from_mode(0o600))
            .expect("chmod");
        let mut network = Self {
            folder,
            places: Vec::new(),
            ports: RefCell::default(),
        };
        network.places = network.free(count);
        for (at, places) in network.places.iter().enumerate() {
            let (code, _, errors) = run(network.path(), &init_line(at + 1, places));
            assert_eq!(code, 0, "{errors}");
            // Many nodes share this machine's memory.
            let config = format!("m{}/node.toml", at + 1);
            let usual = network.text(&config);
            assert!(usual.contains("cache_mib = 256"), "{usual}");
            let small = usual.replace("cache_mib = 256", "cache_mib = 16");
            std::fs::write(network.file(&config), small).expect("writes");
        }
        network
    }

    /// Free ports for `count` members, which nobody else is given while this network is there.
    pub fn free(&self, count: usize) -> Vec<Places> {
        let (ports, addresses) = Ports::free(5 * count).expect("ports");
        self.ports.borrow_mut().push(ports);
        let (of_members, _) = addresses.as_chunks();
        of_members.to_vec()
    }

    /// A founded network.
    pub fn founded() -> Self {
        Self::with_epochs(20)
    }

    /// A founded network with epochs of so many blocks.
    pub fn with_epochs(blocks: u64) -> Self {
        Self::members().found(blocks)
    }

    /// A founded network of so many members, with epochs of so many blocks.
    pub fn of(count: usize, blocks: u64) -> Self {
        Self::so_many(count).found(blocks)
    }

    /// Founds it: everyone gets the genesis and the public files of all.
    pub fn found(self, blocks: u64) -> Self {
        let network = self;
        let count = network.places.len();
        let files: Vec<String> = (1..=count)
            .map(|number| format!("m{number}/member.toml"))
            .collect();
        let line = format!(
            "genesis --out genesis.json --name test --epoch-blocks {blocks} {}",
            files.join(" ")
        );
        let (code, _, errors) = run(network.path(), &line);
        assert_eq!(code, 0, "{errors}");
        for own in 1..=count {
            let folder = network.path().join(format!("m{own}"));
            std::fs::copy(
                network.path().join("genesis.json"),
                folder.join("genesis.json"),
            )
            .expect("copies");
            for other in (1..=count).filter(|other| *other != own) {
                let from = network.path().join(format!("m{other}/member.toml"));
                let to = folder.join(format!("members/member-{other}.toml"));
                std::fs::copy(from, to).expect("copies");
            }
        }
        network
    }

    /// The folder of all.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of all, by its path.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Reads a file.
    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).expect("reads")
    }

    /// Runs the program in the folder of all.
    pub fn run(&self, line: &str) -> (i32, String, String) {
        run(self.path(), line)
    }

    /// Starts `node` or `gateway` of member `number`.
    pub fn start(&self, what: &str, number: usize) -> Process {
        self.start_with(what, number, &[])
    }

    /// Starts it with more arguments, and a pipe as its standard input.
    pub fn start_with(&self, what: &str, number: usize, arguments: &[&str]) -> Process {
        let log = std::fs::File::create(self.file(&format!("m{number}/{what}.log")));
        let child = amanat()
            .arg(what)
            .args(["--config", &format!("m{number}/{what}.toml")])
            .args(["--passphrase-file", "passphrase"])
            .args(arguments)
            .stdin(Stdio::piped())
            .current_dir(self.path())
            .stdout(Stdio::null())
            .stderr(log.expect("a log"))
            .spawn();
        Process(child.expect("starts"))
    }
}

/// A process that ends with the test, however that ends.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if it ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
